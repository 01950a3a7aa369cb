//! Lines of logs of JDK 5 to 8, one by one.
