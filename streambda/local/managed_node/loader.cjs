// Finds the handler that `_HANDLER` names: "folder/module.function", or a property further in.
"use strict";

const { existsSync, readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { runtimeError } = require("./errors.cjs");
const { hasCallbacks } = require("./generation.cjs");

// From a file that is not there. Errors name it, and on Lambda they name this one.
const requireFrom = createRequire(path.join(__dirname, "index.mjs"));

const OPT = "/opt/";

async function loadHandler(taskRoot, spec) {
  const { folder, name, property } = parseSpec(spec);
  const handler = findProperty(await loadModule(taskRoot, locate(folder), name), property);
  if (!handler) {
    throw runtimeError("HandlerNotFound", `${spec} is undefined or not exported`);
  }
  if (typeof handler !== "function") {
    throw runtimeError("HandlerNotFound", `${spec} is not a function`);
  }
  return handler;
}

function parseSpec(spec) {
  if (spec.includes("..")) {
    const advice = "Use absolute paths when specifying root directories in handler names.";
    const message = `'${spec}' is not a valid handler name. ${advice}`;
    throw runtimeError("MalformedHandlerName", message);
  }
  const last = path.basename(spec);
  const dot = last.indexOf(".");
  if (dot < 0) throw runtimeError("MalformedHandlerName", "Bad handler");
  const before = spec.slice(0, spec.indexOf(last));
  const folder = hasCallbacks ? before : before.replace(/\/$/, "");
  return { folder, name: last.slice(0, dot), property: last.slice(dot + 1) };
}

// A handler may be in a layer, as Datadog's is, and not every machine can show that as /opt.
function locate(folder) {
  const opt = process.env.STREAMBDA_OPT;
  const isHidden = opt && folder.startsWith(OPT) && !existsSync(folder);
  return isHidden ? path.join(opt, folder.slice(OPT.length)) : folder;
}

// Text of an error becomes its message: the first line of the original has its type.
async function loadModule(taskRoot, folder, name) {
  const file = path.resolve(taskRoot, folder, name);
  try {
    const found = await (hasCallbacks ? loadByExtension(file) : importByExtension(file));
    if (found) return found;
    const paths = hasCallbacks ? [taskRoot, folder] : [taskRoot, path.join(taskRoot, folder)];
    return requireFrom(requireFrom.resolve(name, { paths }));
  } catch (error) {
    adviseOnPackage(error);
    if (error instanceof SyntaxError) {
      const found = runtimeError("UserCodeSyntaxError", String(error));
      if (!hasCallbacks) found.stack = error.stack;
      throw found;
    }
    // The earlier client fails to look at null and undefined, which is reported then.
    const code = hasCallbacks ? error.code : error?.code;
    const isMissing = code === "MODULE_NOT_FOUND";
    throw isMissing ? runtimeError("ImportModuleError", String(error)) : error;
  }
}

// Packages of the app's folder, which Lambda does not see, are missed most often.
const MISSING = /^Cannot find (?:module|package) '((?:@[^'/]+\/)?[^'/.@#:][^'/:]*)[^':]*'/;

function adviseOnPackage(error) {
  const [, name] = MISSING.exec(error?.message) ?? [];
  if (name) process.stderr.write(`${name} ${adviceOn(name)}\n`);
}

// Lambda's image has the SDK, and this machine perhaps not. It is version 2 before nodejs18.x, and
// version 3 since.
function adviceOn(name) {
  const isOf2 = name === "aws-sdk";
  if (!isOf2 && !/^@(aws-sdk|smithy)\//.test(name)) {
    const advice = "run `npm install` in its folder, or build the app (such as `sam build`)";
    return `is not in the function's code or layers, and Lambda looks nowhere else: ${advice}`;
  }
  const has2 = /nodejs1[46]\./.test(process.env.AWS_EXECUTION_ENV);
  return isOf2 === has2
    ? `is on Lambda; here, in the app's folder: npm install ${name}`
    : `is not on Lambda in this runtime: npm install ${name} in the function's folder`;
}

async function importByExtension(file) {
  for (const extension of ["", ".js", ".mjs", ".cjs"]) {
    const found = await importFile(file + extension);
    if (found) return found;
  }
  return undefined;
}

// Before Node.js 24 only what must be an ES module is imported; all else is required.
async function loadByExtension(file) {
  const isModule = existsSync(`${file}.js`) && isModulePackage(path.dirname(file));
  return (
    requireFile(file) ||
    (!isModule && requireFile(`${file}.js`)) ||
    (isModule && (await importFile(`${file}.js`))) ||
    (await importFile(`${file}.mjs`)) ||
    requireFile(`${file}.cjs`)
  );
}

const requireFile = (file) => (existsSync(file) ? requireFrom(file) : undefined);
const importFile = async (file) => (existsSync(file) ? import(pathToFileURL(file)) : undefined);

// Whether the nearest package.json says that .js files are ES modules.
function isModulePackage(folder) {
  if (path.basename(folder) === "node_modules") return false;
  const file = path.join(folder, "package.json");
  if (existsSync(file)) {
    try {
      return JSON.parse(readFileSync(file))?.type === "module";
    } catch (error) {
      const effect = "it will be ignored for ES module detection purposes.";
      console.warn(`${file} cannot be read, ${effect}`, error);
      return false;
    }
  }
  const parent = path.dirname(folder);
  return parent !== folder && isModulePackage(parent);
}

function findProperty(module, property) {
  const keys = property.split(".");
  if (hasCallbacks) return keys.reduce((value, key) => value && value[key], module);
  const step = (value, key) => (isObject(value) ? value[key] : undefined);
  const find = (start) => keys.reduce(step, start);
  return find(module) || (isObject(module) && find(module.default)) || undefined;
}

const isObject = (value) => typeof value === "object" && value !== null;

module.exports = { loadHandler };
