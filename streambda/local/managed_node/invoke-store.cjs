// `awslambda.InvokeStore`: values of the invocation in progress, for libraries such as Powertools.
//
// As in @aws/lambda-invoke-store, which uses this one where it is.
"use strict";

const KEYS = Object.freeze({
  REQUEST_ID: Symbol.for("_AWS_LAMBDA_REQUEST_ID"),
  X_RAY_TRACE_ID: Symbol.for("_AWS_LAMBDA_X_RAY_TRACE_ID"),
  TENANT_ID: Symbol.for("_AWS_LAMBDA_TENANT_ID"),
});

class InvokeStore {
  static PROTECTED_KEYS = KEYS;
  #values;

  getContext() { return this.#values; }
  hasContext() { return this.#values !== undefined; }
  isProtectedKey(key) { return Object.values(KEYS).includes(key); }
  get(key) { return this.#values?.[key]; }
  getRequestId() { return this.get(KEYS.REQUEST_ID) ?? "-"; }
  getXRayTraceId() { return this.get(KEYS.X_RAY_TRACE_ID); }
  getTenantId() { return this.get(KEYS.TENANT_ID); }

  set(key, value) {
    if (this.isProtectedKey(key)) {
      throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
    }
    this.#values = { ...this.#values, [key]: value };
  }

  run(values, work) {
    this.#values = values;
    return work();
  }
}

function createInvokeStore() {
  return new InvokeStore();
}

function valuesOf({ requestId, traceId }) {
  return { [KEYS.REQUEST_ID]: requestId, [KEYS.X_RAY_TRACE_ID]: traceId };
}

module.exports = { createInvokeStore, valuesOf };
