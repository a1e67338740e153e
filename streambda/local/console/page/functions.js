// What there is: each function with what it runs as, and the doors that lead to it.

import { find, html } from "./dom.js";
import { doorName } from "./targets.js";

export function showFunctions({ functions, doors }) {
  const list = find("functions");
  for (const one of functions) {
    const facts = [one.handler, one.runtime, `${one.memory_mb} MB`, `${one.timeout_s} s`];
    const urls = doors.filter((door) => door.kind === "function-url" && door.name === one.name);
    list.append(
      html("li", {}, html("strong", {}, one.name), html("p", {}, facts.join(", ")), ...urls.map(door)),
    );
  }
  for (const one of doors.filter(({ kind }) => kind !== "function-url"))
    list.append(html("li", {}, door(one)));
}

function door({ kind, url }) {
  return html("p", {}, `${doorName(kind)} `, html("code", {}, url));
}
