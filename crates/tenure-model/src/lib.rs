//! What the records mean: profiles, graphs, timelines.
