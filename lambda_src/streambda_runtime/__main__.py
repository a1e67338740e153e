"""Where `bootstrap` and `streambda-wrapper` enter: the runtime is imported, then the zip root goes
first on the path, and the runtime starts.
"""

if __name__ == "__main__":  # multiprocessing may import this file once more, in a child
    import gc
    import sys
    from _signal import SIGTERM, signal  # type: ignore[import-not-found]  # `signal` imports enum

    gc.disable()  # until the handler is loaded: what is imported stays, and need not be looked at
    # Behind the standard library, and with nothing before it: a module of the function, or of its
    # PYTHONPATH, that is named like one of the standard library is not what the runtime gets.
    root = __file__.rpartition("/streambda_runtime/")[0] or "."
    before = sys.path[:]
    library = f"python{sys.version_info[0]}{sys.version_info[1]}.zip"
    first = next((at for at, folder in enumerate(before) if folder.endswith(library)), 0)
    sys.path[:] = [*before[first:], root]

    from streambda_runtime.start import exit_on_signal, main

    sys.path[:] = [root, *before]
    signal(SIGTERM, exit_on_signal)
    sys.exit(main(sys.argv[1:]))
