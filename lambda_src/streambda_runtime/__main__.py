"""Where `bootstrap` and `streambda-wrapper` enter: the runtime is imported, then it starts.

Short, for this one file is compiled anew at each cold start.
"""

if __name__ == "__main__":  # multiprocessing may import this file once more, in a child
    import gc
    import sys

    gc.disable()  # until the handler is loaded: what is imported stays, and need not be looked at
    # Behind the standard library, and with nothing before it: a module of the function, or of its
    # PYTHONPATH, that is named like one of the standard library is not what the runtime gets.
    before = sys.path[:]
    while not sys.path[0].endswith(f"python3{sys.version_info[1]}.zip"):
        del sys.path[0]
    sys.path.append(__file__.rpartition("/streambda_runtime/")[0] or ".")
    # `from __future__ import annotations` is for the compiler, yet it loads a module.
    sys.modules["__future__"] = type(sys.implementation)(annotations=None)  # type: ignore[call-arg,assignment]

    from streambda_runtime.start import enter

    enter(before)
