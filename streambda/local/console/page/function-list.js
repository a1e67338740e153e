// The functions, each with its settings and the endpoints that lead to it.

import { createHtml, find } from "./dom.js";
import { nameEndpointKind } from "./send-targets.js";

const isFunctionUrl = ({ kind }) => kind === "function-url";

export function showFunctions({ functions, endpoints }) {
  const list = find("functions");
  for (const one of functions) {
    const settings = [one.handler, one.runtime, `${one.memory_mb} MB`, `${one.timeout_s} s`];
    const urls = endpoints.filter((endpoint) => isFunctionUrl(endpoint) && endpoint.name === one.name);
    list.append(
      createHtml("li", {},
        createHtml("strong", {}, one.name), createHtml("p", {}, settings.join(", ")),
        ...urls.map(createEndpointLine)),
    );
  }
  for (const endpoint of endpoints.filter((endpoint) => !isFunctionUrl(endpoint)))
    list.append(createHtml("li", {}, createEndpointLine(endpoint)));
}

function createEndpointLine({ kind, url }) {
  return createHtml("p", {}, `${nameEndpointKind(kind)} `, createHtml("code", {}, url));
}
