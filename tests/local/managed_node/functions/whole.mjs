// Handlers whose response is sent whole.
import * as handlers from "./whole.mjs";
import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage();

export const result = async (event) => event.result;
export const nothing = async () => {};
export const notAsync = (event) => ({ echoed: event });
export const text = async () => "é\u2028\u0000";
export const date = async () => ({ at: new Date(0), gone: undefined, not: NaN, map: new Map() });
export const circular = async () => {
  const value = {};
  value.self = value;
  return value;
};
export const bigint = async () => 1n;
export const rejects = async () => {
  throw new Error("rejected");
};
export const throws = () => {
  throw new RangeError("thrown");
};
export const throwsText = async () => {
  throw "a text";
};
export const throwsObject = async () => {
  throw { code: 5 };
};
export const throwsNull = async () => {
  throw null;
};
export const cause = async () => {
  throw new Error("outer", { cause: new Error("inner") });
};
export const fields = async () => {
  throw Object.assign(new TypeError("é\x7F"), { code: "E_X", list: [1], name: "Custom" });
};
export const noStack = async () => {
  const error = new Error("no stack");
  error.stack = undefined;
  throw error;
};
class OwnError extends Error {}
export const own = async () => {
  throw new OwnError("own class");
};
export const context = async (event, given) => {
  const plain = Object.entries(given).filter(([, value]) => typeof value !== "function");
  return [Object.keys(given), plain, process.env._X_AMZN_TRACE_ID ?? null];
};
export const remaining = async (event, given) => given.getRemainingTimeInMillis() > 1e9;
export const receiver = function () { return [typeof this, this?.constructor.name]; };
export const throwsSymbol = async () => {
  throw Symbol("no text");
};
export const main = () => [typeof require, typeof process.mainModule];
export const lambdasSymbols = () => Object.getOwnPropertySymbols(globalThis)
  .filter((key) => String(key).includes("aws.lambda"))
  .map((key) => `${String(key)} ${typeof globalThis[key]}`).sort();
export const nested = { inner: { handler: async () => "nested" } };
export default { only: async () => "of the default export" };
export const text5 = 5;
export const store = async () => {
  const found = globalThis.awslambda?.InvokeStore;
  if (!found) return "none";
  found.set("mine", 1);
  let refused;
  try { found.set(Symbol.for("_AWS_LAMBDA_REQUEST_ID"), 1); } catch (error) { refused = error.message; }
  return [found.getRequestId(), found.getXRayTraceId() ?? null, found.get("mine"), refused];
};
export const entersContext = async (event) => {
  const before = storage.getStore() ?? "nothing";
  storage.enterWith("of the invocation before");
  return before;
};
export const globals = async () => Object.keys(globalThis.awslambda).sort();

// Which of them, the event says.
export const any = (event, given) => handlers[event.run](event, given);
