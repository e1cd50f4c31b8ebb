#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| livecut_fuzz::document(data));
