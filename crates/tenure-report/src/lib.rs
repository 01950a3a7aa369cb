//! Model to text and JSON: pure builders.
