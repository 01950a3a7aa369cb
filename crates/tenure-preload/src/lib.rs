//! The C and C++ malloc interface as a preloadable library.
