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

export const doorName = (kind) => KINDS[kind]?.short ?? kind;

// [{ title, targets: [{ label, door, method, path, event }] }]; `event`: the body is the event.
export function targetGroups({ functions, doors }) {
  return Object.entries(KINDS)
    .map(([kind, { title, targets }]) => ({
      title,
      targets: doors.flatMap((door, index) =>
        door.kind === kind ? targets(door, index, functions) : [],
      ),
    }))
    .filter(({ targets }) => targets.length);
}

function urls(door, index) {
  return [{ label: `${door.name} (${mode(door)})`, door: index, method: "GET", path: "/" }];
}

function routes(door, index) {
  return door.routes.map((route) => ({
    label: `${route.method} ${door.name}${route.path} (${mode(route)})`,
    door: index,
    method: route.method === "ANY" ? "GET" : route.method,
    path: route.path,
  }));
}

function calls(door, index, functions) {
  return functions.flatMap(({ name }) =>
    Object.entries(LAMBDA).map(([call, path]) => ({
      label: `${name}, ${call}`, door: index, method: "POST", path: path(name), event: true,
    })),
  );
}

const mode = ({ streams }) => (streams ? "streams" : "buffered");
