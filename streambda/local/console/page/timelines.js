// The timelines of the shown invocations, one below the other on one time axis.

import { roundUp } from "./axis.js";
import { elapsedMs, isRunning } from "./invocation.js";
import { Timeline } from "./timeline.js";

export class Timelines {
  #parent;
  #store;
  #timelines = new Map();

  constructor(parent, store) {
    this.#parent = parent;
    this.#store = store;
    new ResizeObserver(() => this.draw()).observe(parent);
  }

  draw() {
    const invocations = this.#store.selectShown().filter(({ loaded }) => loaded);
    const ids = new Set(invocations.map(({ summary }) => summary.request_id));
    for (const [id, timeline] of this.#timelines)
      if (!ids.has(id)) {
        timeline.element.remove();
        this.#timelines.delete(id);
      }
    const maxMs = findAxisEnd(invocations);
    invocations.forEach((one, n) => this.#placeTimeline(one, n).draw(one, maxMs));
  }

  get running() {
    return this.#store.selectShown().some(isRunning);
  }

  #placeTimeline(invocation, n) {
    const id = invocation.summary.request_id;
    const timeline = this.#timelines.get(id) ?? new Timeline(invocation);
    this.#timelines.set(id, timeline);
    // Moving an element would lose the focus within: only what is not in its place is put there.
    if (this.#parent.children[n] !== timeline.element)
      this.#parent.insertBefore(timeline.element, this.#parent.children[n] ?? null);
    return timeline;
  }
}

// A round number while something runs, so that the axis does not move all the time.
function findAxisEnd(invocations) {
  const maxMs = Math.max(1, ...invocations.map(elapsedMs));
  return invocations.some(isRunning) ? roundUp(maxMs * 1.1) : maxMs * 1.04;
}
