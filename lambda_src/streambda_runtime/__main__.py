"""Where `bootstrap` and `streambda-wrapper` enter: the runtime is imported, then the zip root goes
first on the path, and the runtime starts.
"""

if __name__ == "__main__":  # multiprocessing may import this file once more, in a child
    import gc
    import sys
    from _signal import SIGTERM, signal  # type: ignore[import-not-found]  # `signal` imports enum

    gc.disable()  # until the handler is loaded: what is imported stays, and need not be looked at
    # Last on the path, so that a module of the function named like one of the standard library is
    # not what the runtime gets.
    sys.path.append(__file__.rpartition("/streambda_runtime/")[0] or ".")

    from streambda_runtime.start import exit_on_signal, main

    sys.path.insert(0, sys.path.pop())
    signal(SIGTERM, exit_on_signal)
    sys.exit(main(sys.argv[1:]))
