// The server-sent events of the console. They start with a snapshot; after a `reload`, and whenever
// the connection comes back, they start with another.

export function followEvents(store, onState) {
  const source = new EventSource("/api/events");
  source.addEventListener("open", () => onState("live"));
  source.addEventListener("error", () => onState("lost"));
  source.addEventListener("snapshot", ({ data }) => store.restart(JSON.parse(data)));
  source.addEventListener("timeline", ({ data }) => store.add(JSON.parse(data)));
  source.addEventListener("reload", () => {
    source.close();
    followEvents(store, onState);
  });
}
