#![no_main]

use render::wire::{self, Order, Start};
use render::{MAX_HEIGHT, MAX_PIXELS, MAX_WIDTH};

// Both ends of the pipe to the process that draws: what it asks and what it answers. Nothing read is beyond the bounds, and
// what is read is written again as it was.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(start) = Start::read(&mut &*data) {
        let mut again = Vec::new();
        start.write(&mut again).expect("a vector takes everything");
        assert!(start.len <= render::MAX_DOCUMENT && data.starts_with(&again));
    }
    if let Ok(Some(order)) = Order::read(&mut &*data) {
        let mut again = Vec::new();
        order.write(&mut again).expect("a vector takes everything");
        assert!(data.starts_with(&again));
    }
    let Some((first, data)) = data.split_first() else { return };
    let order = Order { end: 0, page: 0, width: u32::from(*first) };
    let mut rest = data;
    if let Ok(answer) = wire::read(&mut rest, &order) {
        let mut again = Vec::new();
        wire::write(&answer, &mut again).expect("a vector takes everything");
        assert_eq!(&data[..data.len() - rest.len()], again);
        if let Ok(picture) = answer {
            let pixels = u64::from(picture.width) * u64::from(picture.height);
            assert!(picture.width == order.width && picture.width <= MAX_WIDTH && picture.height <= MAX_HEIGHT);
            assert!(pixels <= MAX_PIXELS && picture.pixels.len() as u64 == pixels * 4);
            assert!(picture.to_pixels.iter().all(|number| number.is_finite()));
        }
    }
});
