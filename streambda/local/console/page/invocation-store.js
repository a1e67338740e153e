// All invocations, and which of them are shown. Sends `change` for a drawing that is out of date,
// and `recorded` with each event of an invocation whose events are loaded.

import { loadInvocation } from "./api.js";
import {
  countEvent, createInvocation, createSummary, missesEvents, recordEvent,
} from "./invocation.js";

export class InvocationStore extends EventTarget {
  invocations = new Map();
  compared = new Set();
  current = null;
  follow = true;
  #maxInvocations = 0;

  // A snapshot: when the page opens, and when it has fallen behind. What is loaded stays on the page
  // until it is loaded again, or a page that falls behind all the time would show nothing.
  restart({ max_invocations, invocations: summaries }) {
    this.#maxInvocations = max_invocations;
    const known = this.invocations;
    this.invocations = new Map(
      summaries.map(({ next, ...summary }) => {
        const invocation = known.get(summary.request_id) ?? createInvocation(summary);
        Object.assign(invocation, { summary, known: next });
        return [summary.request_id, invocation];
      }),
    );
    this.compared = new Set([...this.compared].filter((id) => this.invocations.has(id)));
    if (this.follow || !this.invocations.has(this.current)) this.current = this.#newest();
    this.#sendChange();
  }

  // One message of the event stream: event number n of one invocation.
  add({ id, n, event }) {
    const invocation = this.invocations.get(id) ?? this.#addInvocation(id, event);
    if (!invocation) return;
    if (invocation.pending) invocation.pending.push({ n, event });
    else if (n === invocation.next) this.#record(invocation, event);
    else if (n > invocation.next) this.#count(invocation, n, event);
    this.#sendChange();
  }

  show(id) {
    this.current = id;
    this.follow = false;
    this.#sendChange();
  }

  compare(id, checked) {
    if (checked) this.compared.add(id);
    else this.compared.delete(id);
    this.#sendChange();
  }

  followNewest(checked) {
    this.follow = checked;
    if (checked) this.current = this.#newest();
    this.#sendChange();
  }

  // The shown invocations, in the order in which they began. Loads the events that they miss.
  selectShown() {
    const shown = [...this.invocations].filter(
      ([id]) => id === this.current || this.compared.has(id),
    );
    for (const [id, invocation] of shown)
      if (missesEvents(invocation) && !invocation.pending) this.#load(id, invocation);
    return shown.map(([, invocation]) => invocation);
  }

  #newest() {
    return [...this.invocations.keys()].at(-1);
  }

  #addInvocation(id, event) {
    if (event.kind !== "began") return null;
    const invocation = { ...createInvocation(createSummary(event)), loaded: true };
    this.invocations.set(id, invocation);
    if (this.invocations.size > this.#maxInvocations)
      this.#forget(this.invocations.keys().next().value);
    if (this.follow) this.current = id;
    return invocation;
  }

  #forget(id) {
    this.invocations.delete(id);
    this.compared.delete(id);
  }

  #record(invocation, event) {
    invocation.next += 1;
    countEvent(invocation.summary, event);
    recordEvent(invocation, event);
    this.dispatchEvent(new CustomEvent("recorded", { detail: { invocation, event } }));
  }

  // After a gap: the event is not kept, but the list shows that there is more.
  #count(invocation, n, event) {
    invocation.known = n + 1;
    countEvent(invocation.summary, event);
  }

  // Events that come meanwhile wait: they may be in the response already, or come after it. If a
  // snapshot came meanwhile, there may be a gap between the two, and they are loaded once more.
  async #load(id, invocation) {
    const pending = [];
    invocation.pending = pending;
    try {
      const { summary, events, next } = await loadInvocation(id);
      const { known } = invocation;
      Object.assign(invocation, createInvocation(summary), { next, known, loaded: true });
      for (const event of events) recordEvent(invocation, event);
    } catch {
      this.#forget(id);
    }
    invocation.pending = null;
    for (const { n, event } of pending) {
      if (n === invocation.next) this.#record(invocation, event);
      else if (n > invocation.next) this.#count(invocation, n, event);
    }
    this.#sendChange();
  }

  #sendChange() {
    this.dispatchEvent(new Event("change"));
  }
}
