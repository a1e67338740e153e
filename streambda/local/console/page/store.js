// All runs, which of them are shown, and who wants to know of changes.

import { loadInvocation } from "./api.js";
import { count, keep, newRun, summaryOf } from "./run.js";

export class Store extends EventTarget {
  runs = new Map();
  compared = new Set();
  current = null;
  follow = true;
  #most = 0;

  // What is there when the page opens, and when it has fallen behind.
  restart({ most, invocations }) {
    this.#most = most;
    this.runs = new Map(invocations.map((one) => [one.request_id, newRun(one)]));
    this.compared = new Set([...this.compared].filter((id) => this.runs.has(id)));
    if (this.follow || !this.runs.has(this.current)) this.current = [...this.runs.keys()].at(-1);
    this.#changed();
  }

  // One message of the feed: event number n of one invocation.
  take({ id, n, event }) {
    const run = this.runs.get(id) ?? this.#begun(id, event);
    if (!run) return;
    if (run.pending) run.pending.push({ n, event });
    else if (!run.loaded) count(run.summary, event);
    else if (n === run.next) this.#apply(run, event);
    this.#changed();
  }

  show(id) {
    this.current = id;
    this.follow = false;
    this.#changed();
  }

  compare(id, wanted) {
    if (wanted) this.compared.add(id);
    else this.compared.delete(id);
    this.#changed();
  }

  followNewest(wanted) {
    this.follow = wanted;
    if (wanted) this.current = [...this.runs.keys()].at(-1);
    this.#changed();
  }

  // In the order in which they began. What is not here yet is fetched.
  shown() {
    const found = [...this.runs].filter(([id]) => id === this.current || this.compared.has(id));
    for (const [id, run] of found) if (!run.loaded && !run.pending) this.#load(id, run);
    return found.map(([, run]) => run);
  }

  #begun(id, event) {
    if (event.kind !== "began") return null;
    const run = { ...newRun(summaryOf(event)), loaded: true };
    this.runs.set(id, run);
    if (this.runs.size > this.#most) this.#forget(this.runs.keys().next().value);
    if (this.follow) this.current = id;
    return run;
  }

  #forget(id) {
    this.runs.delete(id);
    this.compared.delete(id);
  }

  #apply(run, event) {
    run.next += 1;
    count(run.summary, event);
    keep(run, event);
    this.dispatchEvent(new CustomEvent("news", { detail: { run, event } }));
  }

  // What is told meanwhile waits: it may be in the answer already, or come after it.
  async #load(id, run) {
    run.pending = [];
    try {
      const { summary, events, next } = await loadInvocation(id);
      Object.assign(run, newRun(summary), { next, loaded: true });
      for (const event of events) keep(run, event);
    } catch {
      this.#forget(id);
    }
    const waiting = run.pending;
    run.pending = null;
    for (const { n, event } of waiting) if (n === run.next) this.#apply(run, event);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
