// The live feed. It starts with a snapshot; after a `reload`, and whenever the connection comes
// back, it starts with another.

export function watch(store, onState) {
  const source = new EventSource("/api/events");
  source.addEventListener("open", () => onState("live"));
  source.addEventListener("error", () => onState("lost"));
  source.addEventListener("snapshot", ({ data }) => store.restart(JSON.parse(data)));
  source.addEventListener("timeline", ({ data }) => store.take(JSON.parse(data)));
  source.addEventListener("reload", () => {
    source.close();
    watch(store, onState);
  });
}
