// NODE_PATH for ES modules: Node.js looks there for `require` only, Lambda for `import` too.
"use strict";

const { existsSync } = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const PACKAGES = "node_modules";

let isAdded = false;

function addNodePath({ NODE_PATH: nodePath = "" }) {
  if (isAdded) return; // by preload.cjs
  isAdded = true;
  const folders = nodePath.split(path.delimiter).filter((one) => path.basename(one) === PACKAGES);
  // To import as a file beside such a folder would is to look into it.
  const importers = folders
    .filter((folder) => existsSync(folder))
    .map((folder) => pathToFileURL(path.join(folder, "..", "_")).href);
  if (importers.length === 0) return;
  if (Module.registerHooks) Module.registerHooks({ resolve: createResolve(importers) });
  else Module.register?.("./module-hooks.mjs", pathToFileURL(__filename), { data: importers });
}

// Only names of packages.
const isName = (specifier) => !/^(#|[./]|[a-z]+:)/.test(specifier);

// Which resolutions are tried, one after another: a `yield` gets the result of one, or its error.
function* search(importers, specifier, context) {
  if (!isName(specifier)) return yield context;
  let missing;
  for (const parentURL of [context.parentURL, ...importers]) {
    try {
      return yield { ...context, parentURL };
    } catch (error) {
      if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
      missing ??= error;
    }
  }
  throw missing;
}

// A hook of `module.registerHooks`. That of `module.register` is in module-hooks.mjs.
function createResolve(importers) {
  return (specifier, context, nextResolve) => {
    const steps = search(importers, specifier, context);
    let step = steps.next();
    while (!step.done) {
      let found;
      try {
        found = nextResolve(specifier, step.value);
      } catch (error) {
        step = steps.throw(error);
        continue;
      }
      step = steps.next(found);
    }
    return step.value;
  };
}

module.exports = { addNodePath, search };
