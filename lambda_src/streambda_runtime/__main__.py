"""Where `bootstrap` and `streambda-wrapper` enter: the zip root goes first on the path, then the
runtime starts.
"""

if __name__ == "__main__":  # multiprocessing may import this file once more, in a child
    import gc
    import sys
    from _signal import SIGTERM, signal  # type: ignore[import-not-found]  # `signal` imports enum

    gc.disable()  # until the handler is loaded: what is imported stays, and need not be looked at
    sys.path.insert(0, __file__.rpartition("/streambda_runtime/")[0] or ".")

    from streambda_runtime.start import exit_on_signal, main

    signal(SIGTERM, exit_on_signal)
    sys.exit(main(sys.argv[1:]))
