/* The interpreter's main(), as in CPython's Programs/python.c. Linked with libpython3.11.a. */

/* One variable with glibc's three names for it. zig's linker would copy only the name that CPython
   uses into the interpreter: glibc would then fill in the others, and os.environ would be empty. */
char **__environ;
extern char **environ __attribute__((alias("__environ")));
extern char **_environ __attribute__((alias("__environ")));

extern int Py_BytesMain(int argc, char **argv);

int main(int argc, char **argv) { return Py_BytesMain(argc, argv); }
