// All that an event can be sent to, from GET /api/functions: one menu option for each.

const LAMBDA_CALLS = {
  InvokeWithResponseStream: (name) =>
    `/2021-11-15/functions/${encodeURIComponent(name)}/response-streaming-invocations`,
  Invoke: (name) => `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`,
};

const ENDPOINT_KINDS = {
  "function-url": { title: "Function URLs", name: "Function URL", listTargets: listUrls },
  "rest-api": { title: "REST APIs", name: "REST API", listTargets: listRoutes },
  "http-api": { title: "HTTP APIs", name: "HTTP API", listTargets: listRoutes },
  "lambda-api": { title: "Lambda API", name: "Lambda API", listTargets: listCalls },
};

export const nameEndpointKind = (kind) => ENDPOINT_KINDS[kind]?.name ?? kind;

// [{ title, targets: [{ label, endpoint, method, path, event }] }]; `event`: the body is the event.
export function listTargetGroups({ functions, endpoints }) {
  return Object.entries(ENDPOINT_KINDS)
    .map(([kind, { title, listTargets }]) => ({
      title,
      targets: endpoints.flatMap((endpoint, index) =>
        endpoint.kind === kind ? listTargets(endpoint, index, functions) : [],
      ),
    }))
    .filter(({ targets }) => targets.length);
}

function listUrls(endpoint, index) {
  const label = `${endpoint.name} (${nameMode(endpoint)})`;
  return [{ label, endpoint: index, method: "GET", path: "/" }];
}

function listRoutes(endpoint, index) {
  return endpoint.routes.map((route) => ({
    label: `${route.method} ${endpoint.name}${route.path} (${nameMode(route)})`,
    endpoint: index,
    method: route.method === "ANY" ? "GET" : route.method,
    path: route.path,
  }));
}

function listCalls(endpoint, index, functions) {
  return functions.flatMap(({ name }) =>
    Object.entries(LAMBDA_CALLS).map(([call, path]) => ({
      label: `${name}, ${call}`, endpoint: index, method: "POST", path: path(name), event: true,
    })),
  );
}

const nameMode = ({ streams }) => (streams ? "streams" : "buffered");
