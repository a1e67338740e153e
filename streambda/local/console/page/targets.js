// Everything an event can be sent to, from GET /api/functions: one option each.

const LAMBDA = {
  InvokeWithResponseStream: (name) =>
    `/2021-11-15/functions/${encodeURIComponent(name)}/response-streaming-invocations`,
  Invoke: (name) => `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`,
};

const KINDS = {
  "function-url": { title: "Function URLs", short: "Function URL", targets: urls },
  "rest-api": { title: "REST APIs", short: "REST API", targets: routes },
  "lambda-api": { title: "Lambda API", short: "Lambda API", targets: calls },
};

export const endpointName = (kind) => KINDS[kind]?.short ?? kind;

// [{ title, targets: [{ label, endpoint, method, path, event }] }]; `event`: the body is the event.
export function targetGroups({ functions, endpoints }) {
  return Object.entries(KINDS)
    .map(([kind, { title, targets }]) => ({
      title,
      targets: endpoints.flatMap((endpoint, index) =>
        endpoint.kind === kind ? targets(endpoint, index, functions) : [],
      ),
    }))
    .filter(({ targets }) => targets.length);
}

function urls(endpoint, index) {
  return [{ label: `${endpoint.name} (${mode(endpoint)})`, endpoint: index, method: "GET", path: "/" }];
}

function routes(endpoint, index) {
  return endpoint.routes.map((route) => ({
    label: `${route.method} ${endpoint.name}${route.path} (${mode(route)})`,
    endpoint: index,
    method: route.method === "ANY" ? "GET" : route.method,
    path: route.path,
  }));
}

function calls(endpoint, index, functions) {
  return functions.flatMap(({ name }) =>
    Object.entries(LAMBDA).map(([call, path]) => ({
      label: `${name}, ${call}`, endpoint: index, method: "POST", path: path(name), event: true,
    })),
  );
}

const mode = ({ streams }) => (streams ? "streams" : "buffered");
