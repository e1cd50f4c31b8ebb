//! What MediaMTX's authors wrote, as judge of its adapter and of its simulator: see `tests/oracles/README.md`.

mod openapi;
