// Errors that the runtime finds, and errors as the documents that Lambda reads.
"use strict";

const { isNativeError } = require("node:util").types;
const { hasCallbacks } = require("./generation.cjs");

// Names of classes are in logs of format JSON; those of the later client differ in some.
const LATER_CLASS_NAMES = {
  HandlerNotFound: "HandlerNotFoundError",
  MalformedHandlerName: "MalformedHandlerNameError",
  PlatformError: "PlatformError",
  CallbackHandlerDeprecated: "CallbackHandlerDeprecatedError",
  JSONStringifyError: "JSONStringifyError",
};

const classes = new Map();

// An error whose `name` is `Runtime.` and its kind. The later client sets the name on each error
// itself, after its stack was made: so it is listed among the error's fields, and not in the stack.
function runtimeError(kind, message) {
  if (!classes.has(kind)) classes.set(kind, createClass(kind));
  return new (classes.get(kind))(message);
}

function createClass(kind) {
  const name = `Runtime.${kind}`;
  if (hasCallbacks) {
    const made = { [kind]: class extends Error {} }[kind];
    made.prototype.name = name;
    return made;
  }
  const className = LATER_CLASS_NAMES[kind] ?? kind;
  return {
    [className]: class extends Error {
      constructor(message) {
        super(message);
        this.name = name;
      }
    },
  }[className];
}

// A header must not hold this character.
const escapeDelete = (text) => text?.replaceAll("\x7F", "%7F");

const UNREADABLE =
  "callback called with Error argument, but there was a problem while retrieving one or more of " +
  "its message, name, and stack";

// The document of an error report: errorType, errorMessage, trace.
function describe(error) {
  try {
    if (!looksLikeError(error)) {
      const message = hasCallbacks ? error.toString() : String(error);
      return { errorType: typeof error, errorMessage: message, trace: [] };
    }
    const { name, message, stack } = error;
    const lines = hasCallbacks ? stack.split("\n") : (stack?.split("\n") ?? []);
    return {
      errorType: escapeDelete(name),
      errorMessage: escapeDelete(message),
      trace: lines.map(escapeDelete),
    };
  } catch {
    const report = { errorType: "handled", errorMessage: UNREADABLE };
    return hasCallbacks ? report : { ...report, trace: [] };
  }
}

function looksLikeError(error) {
  if (!hasCallbacks) return error instanceof Error;
  if (isNativeError(error)) return true;
  const isText = (key) => error?.[key] && typeof error[key] === "string";
  return ["name", "message", "stack"].every(isText);
}

// The cause of a failed invocation for X-Ray, as JSON. Empty for what is no error.
function describeForXRay(error) {
  try {
    const stack = readFrames(error.stack);
    const exception = {
      type: escapeDelete(error.name),
      message: escapeDelete(error.message),
      stack,
    };
    const paths = [...new Set(stack.map((frame) => frame.path))];
    return JSON.stringify({ working_directory: process.cwd(), exceptions: [exception], paths });
  } catch {
    return "";
  }
}

function readFrames(stack) {
  if (!stack) return [];
  return escapeDelete(stack).split("\n").slice(1).map(readFrame);
}

// "    at label (path:line:column)", or without a label and parentheses.
function readFrame(line) {
  const text = line.trim().replace(/[()]/g, "").replace(/^\S*\s/, "");
  const space = text.lastIndexOf(" ");
  const [path, number] = text.slice(space + 1).split(":");
  const label = text.slice(0, Math.max(space, 0)) || "anonymous";
  return { path, line: Number.parseInt(number, 10), label };
}

function toError(value) {
  if (value instanceof Error) return value;
  return new Error(hasCallbacks ? value : String(value));
}

// An error as the log of format Text has it: with fields of its own, and its stack as lines.
function describeForLog(error) {
  try {
    return `\t${JSON.stringify(error, (_, value) => spread(value))}`;
  } catch {
    return `\t${JSON.stringify(describe(error))}`;
  }
}

function spread(value) {
  if (!(value instanceof Error)) return value;
  const fields = { errorType: value.name, errorMessage: value.message, code: value.code, ...value };
  return typeof value.stack === "string" ? { ...fields, stack: value.stack.split("\n") } : fields;
}

module.exports = { describe, describeForLog, describeForXRay, runtimeError, toError };
