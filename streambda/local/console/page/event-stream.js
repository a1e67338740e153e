// The server-sent events of the console. They start with a snapshot, also when the connection comes
// back; another snapshot stands for events that this page was too slow for.

export function followEvents(store, onState) {
  const source = new EventSource("/api/events");
  source.addEventListener("open", () => onState("live"));
  source.addEventListener("error", () => onState("lost"));
  source.addEventListener("snapshot", ({ data }) => store.restart(JSON.parse(data)));
  source.addEventListener("timeline", ({ data }) => store.add(JSON.parse(data)));
}
