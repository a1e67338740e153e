// What there is: each function with what it runs as, and the endpoints that lead to it.

import { find, html } from "./dom.js";
import { endpointName } from "./targets.js";

export function showFunctions({ functions, endpoints }) {
  const list = find("functions");
  for (const one of functions) {
    const facts = [one.handler, one.runtime, `${one.memory_mb} MB`, `${one.timeout_s} s`];
    const urls = endpoints.filter((endpoint) => endpoint.kind === "function-url" && endpoint.name === one.name);
    list.append(
      html("li", {}, html("strong", {}, one.name), html("p", {}, facts.join(", ")), ...urls.map(endpoint)),
    );
  }
  for (const one of endpoints.filter(({ kind }) => kind !== "function-url"))
    list.append(html("li", {}, endpoint(one)));
}

function endpoint({ kind, url }) {
  return html("p", {}, `${endpointName(kind)} `, html("code", {}, url));
}
