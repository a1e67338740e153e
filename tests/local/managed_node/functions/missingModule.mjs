import "a-package-that-is-not-there";
