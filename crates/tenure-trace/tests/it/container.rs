//! The container: never a panic, and a torn file gives its whole sections.

use proptest::prelude::*;
use tenure_trace::container::{
    ContainerError, Sections, Tag, file_header, padding, section_header,
};

type Content = Vec<([u8; 4], Vec<u8>)>;

fn encode(content: &Content, count: u32) -> Vec<u8> {
    let mut file = file_header(count).to_vec();
    for (tag, payload) in content {
        file.extend(section_header(Tag(*tag), payload));
        file.extend(payload);
        file.extend(padding(payload.len() as u64));
    }
    file
}

fn decode(bytes: &[u8]) -> Result<(Content, Vec<ContainerError>), ContainerError> {
    let mut content = Vec::new();
    let mut errors = Vec::new();
    for section in Sections::parse(bytes)? {
        match section {
            Ok(section) => content.push((section.tag.0, section.payload.to_vec())),
            Err(error) => errors.push(error),
        }
        assert!(
            content.len() + errors.len() <= bytes.len(),
            "the iteration ends"
        );
    }
    for error in &errors {
        assert!(!error.to_string().is_empty());
    }
    Ok((content, errors))
}

fn any_content() -> impl Strategy<Value = Content> {
    let section = (any::<[u8; 4]>(), prop::collection::vec(any::<u8>(), 0..100));
    prop::collection::vec(section, 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn encode_then_decode_gives_the_same(content in any_content(), counted: bool) {
        let count = if counted { content.len() as u32 } else { 0 };
        prop_assert_eq!(decode(&encode(&content, count)), Ok((content, Vec::new())));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&bytes);
        let mut behind_a_header = file_header(0).to_vec();
        behind_a_header.extend(&bytes);
        prop_assert!(decode(&behind_a_header).is_ok());
    }

    #[test]
    fn every_truncation_is_an_error_or_a_salvaged_part(content in any_content()) {
        let whole = encode(&content, content.len() as u32);
        for length in 0..whole.len() {
            match decode(&whole[..length]) {
                Err(ContainerError::Short { have_bytes }) => {
                    prop_assert!(have_bytes == length && length < 16);
                }
                Err(other) => prop_assert!(false, "{other}"),
                Ok((found, errors)) => {
                    prop_assert_eq!(&found[..], &content[..found.len()]);
                    let filling = whole.len() - length < 8;
                    prop_assert!(
                        errors.len() == 1 || (found.len() == content.len() && filling),
                        "{length} bytes: {} sections, {errors:?}", found.len()
                    );
                }
            }
        }
    }

    #[test]
    fn one_flipped_bit_of_a_payload_costs_that_section_alone(
        content in any_content(),
        which in any::<prop::sample::Index>(),
        bit in any::<prop::sample::Index>(),
    ) {
        let full: Vec<usize> = (0..content.len()).filter(|&i| !content[i].1.is_empty()).collect();
        prop_assume!(!full.is_empty());
        let hit = full[which.index(full.len())];
        let mut damaged = content.clone();
        let bit = bit.index(damaged[hit].1.len() * 8);
        damaged[hit].1[bit / 8] ^= 1 << (bit % 8);
        let mut bytes = encode(&content, content.len() as u32);
        let at = 16 + content[..hit].iter().map(|s| 16 + s.1.len().next_multiple_of(8))
            .sum::<usize>() + 16 + bit / 8;
        bytes[at] ^= 1 << (bit % 8);
        let (found, errors) = decode(&bytes).unwrap();
        let mut kept = content;
        kept.remove(hit);
        prop_assert_eq!(found, kept);
        let one_checksum = matches!(errors[..], [ContainerError::Checksum { .. }]);
        prop_assert!(one_checksum, "{:?}", errors);
    }
}
