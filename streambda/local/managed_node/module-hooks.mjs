// The hook of module-paths.cjs where Node.js has no `module.registerHooks`: before 22.15.
import { search } from "./module-paths.cjs";

let importers;

export function initialize(data) {
  importers = data;
}

export async function resolve(specifier, context, nextResolve) {
  const steps = search(importers, specifier, context);
  let step = steps.next();
  while (!step.done) {
    let found;
    try {
      found = await nextResolve(specifier, step.value);
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(found);
  }
  return step.value;
}
