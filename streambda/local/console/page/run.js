// One invocation as the page knows it: its summary, and its events once they are here.
// The events are those of streambda/local/console/events.py; summary.py counts the same way.

export function newRun(summary) {
  return {
    summary, next: 0, loaded: false, began: null, started: null, coldStart: null, head: null,
    prelude: null, badPrelude: null, chunks: [], logs: [], beyond: null, end: null,
  };
}

export function summaryOf(began) {
  return {
    request_id: began.request_id, function: began.function, endpoint: began.endpoint,
    title: began.title, started_at_ms: began.started_at_ms, status: null, first_byte_ms: null,
    ended_ms: null, outcome: "running", chunks: 0, bytes: 0, beyond_chunks: 0, beyond_bytes: 0,
  };
}

const COUNT = {
  chunk(summary, event) {
    summary.chunks += 1;
    summary.bytes += event.bytes;
    summary.first_byte_ms ??= event.at_ms;
  },
  beyond(summary, event) {
    summary.beyond_chunks = event.chunks;
    summary.beyond_bytes = event.bytes;
  },
  prelude(summary, event) {
    summary.status = event.status;
  },
  ended(summary, event) {
    summary.outcome = event.outcome;
    summary.ended_ms = event.at_ms;
  },
};

const KEEP = {
  began: (run, event) => (run.began = event),
  started: (run, event) => (run.started = event),
  "cold-start": (run, event) => (run.coldStart = event),
  head: (run, event) => (run.head = event),
  prelude: (run, event) => (run.prelude = event),
  "bad-prelude": (run, event) => (run.badPrelude = event),
  chunk(run, event) {
    const before = run.chunks.at(-1);
    run.chunks.push({ ...event, total: (before?.total ?? 0) + event.bytes });
  },
  log: (run, event) => run.logs.push(event),
  beyond: (run, event) => (run.beyond = event),
  ended: (run, event) => (run.end = event),
};

export function count(summary, event) {
  COUNT[event.kind]?.(summary, event);
}

export function keep(run, event) {
  KEEP[event.kind]?.(run, event);
}

export const allBytes = (summary) => summary.bytes + summary.beyond_bytes;
export const allChunks = (summary) => summary.chunks + summary.beyond_chunks;
export const running = (run) => run.summary.outcome === "running";

// How far its time has come: the server and the browser share one clock.
export const reached = (run) =>
  running(run) ? Math.max(0, Date.now() - run.summary.started_at_ms) : run.summary.ended_ms;

// The longest silence between two chunks, or null.
export function longestGap(run) {
  let found = null;
  for (let n = 1; n < run.chunks.length; n++) {
    const ms = run.chunks[n].at_ms - run.chunks[n - 1].at_ms;
    if (found === null || ms > found.ms) found = { ms, before: run.chunks[n - 1], after: run.chunks[n] };
  }
  return found;
}
