// The shown runs, one below the other on one time axis.

import { Lane } from "./lane.js";
import { reached, running } from "./run.js";
import { round } from "./scale.js";

export class Lanes {
  #place;
  #store;
  #lanes = new Map();

  constructor(place, store) {
    this.#place = place;
    this.#store = store;
    new ResizeObserver(() => this.draw()).observe(place);
  }

  draw() {
    const runs = this.#store.shown().filter((run) => run.loaded);
    const ids = new Set(runs.map((run) => run.summary.request_id));
    for (const [id, lane] of this.#lanes)
      if (!ids.has(id)) {
        lane.element.remove();
        this.#lanes.delete(id);
      }
    const mostMs = longest(runs);
    runs.forEach((run, n) => this.#lane(run, n).draw(run, mostMs));
  }

  get live() {
    return this.#store.shown().some(running);
  }

  #lane(run, n) {
    const id = run.summary.request_id;
    const lane = this.#lanes.get(id) ?? new Lane(run);
    this.#lanes.set(id, lane);
    // Moving an element would lose the focus within: only what is not in its place is put there.
    if (this.#place.children[n] !== lane.element)
      this.#place.insertBefore(lane.element, this.#place.children[n] ?? null);
    return lane;
  }
}

// A round number while something runs, so that the axis does not move all the time.
function longest(runs) {
  const most = Math.max(1, ...runs.map(reached));
  return runs.some(running) ? round(most * 1.1) : most * 1.04;
}
