// Handlers that print.
import * as handlers from "./logs.mjs";

export const levels = async () => {
  for (const level of ["trace", "debug", "log", "info", "warn", "error", "fatal"]) {
    console[level]("at %s", level);
  }
};
export const shapes = async () => {
  console.log();
  console.log(undefined);
  console.log("two\nlines");
  console.log({ a: { b: { c: { d: 1 } } } });
  console.log("%d %j %o %%", 1, { a: 1 }, [1], "more");
  console.log([1, "a"], new Map([[1, 2]]));
  console.log("é", null, 1n, Symbol("s"));
};
export const errors = async () => {
  console.error(new TypeError("alone"));
  console.error("with text", new RangeError("after"));
  console.log(new Error("first"), new Error("second"));
  console.log({ error: new Error("inside"), other: 1 });
  class Own extends Error {}
  console.warn(Object.assign(new Own("fields"), { code: "E", list: [1] }));
};
export const circular = async () => {
  const value = { name: "circle" };
  value.self = value;
  console.log(value);
  console.log("and", value);
};
console.log("while it loads");

// Which of them, the event says.
export const any = (event) => handlers[event.run]();
