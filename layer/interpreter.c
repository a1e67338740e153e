/* The interpreter's main(), as in CPython's Programs/python.c. Linked with libpython3.11.a. */

extern int Py_BytesMain(int argc, char **argv);

int main(int argc, char **argv) { return Py_BytesMain(argc, argv); }
