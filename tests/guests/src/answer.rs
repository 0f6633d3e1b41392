//! What a guest returns, laid out in its memory as the canonical ABI wants it.

/// Where the result area of `decode` and `encode` lies.
pub const RESULT_AT: u32 = 2048;
/// Where the bytes that a result points to lie.
const PAYLOAD_AT: u32 = 16_384;

/// The memory behind a result: the area and what it points to.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    area: Vec<u8>,
    payload: Vec<u8>,
}

impl Answer {
    /// `Ok(decoded)` with this document, no reply and no parts.
    #[must_use]
    pub fn document(json: &str) -> Self {
        let mut answer = Self::default();
        let document = answer.bytes(json.as_bytes());
        answer.put(0, &[0]).put_pair(8, document).put(16, &[0]).put_pair(36, (0, 0));
        answer
    }

    /// `Ok(decoded)` with an empty document and these parts: key, index, total, expiry in milliseconds.
    #[must_use]
    pub fn parts(parts: &[(&str, u32, u32, u64)]) -> Self {
        let mut answer = Self::document("{}");
        // Elements of eight-byte alignment follow.
        answer.payload.resize(answer.payload.len().next_multiple_of(8), 0);
        let mut elements = Vec::new();
        let mut texts = Vec::new();
        let elements_at = PAYLOAD_AT + u32::try_from(answer.payload.len()).unwrap();
        let texts_at = elements_at + u32::try_from(parts.len() * 32).unwrap();
        for (key, index, total, expires_after_ms) in parts {
            let key_at = texts_at + u32::try_from(texts.len()).unwrap();
            texts.extend_from_slice(key.as_bytes());
            for word in [key_at, u32::try_from(key.len()).unwrap(), *index, *total] {
                elements.extend_from_slice(&word.to_le_bytes());
            }
            elements.extend_from_slice(&expires_after_ms.to_le_bytes());
            for word in [key_at, 0] {
                elements.extend_from_slice(&u32::to_le_bytes(word));
            }
        }
        answer.payload.extend(elements);
        answer.payload.extend(texts);
        answer.put_pair(36, (elements_at, u32::try_from(parts.len()).unwrap()));
        answer
    }

    /// `Ok(decoded)` whose document is a stretch of memory, wherever it is.
    #[must_use]
    pub fn stretch(at: u32, bytes: u32) -> Self {
        let mut answer = Self::document("");
        answer.put_pair(8, (at, bytes));
        answer
    }

    /// `Ok(decoded)` with so many parts, all of them the same stretch of memory.
    #[must_use]
    pub fn parts_of_nothing(count: u32) -> Self {
        let mut answer = Self::document("{}");
        answer.put_pair(36, (65_536, count));
        answer
    }

    /// `Err(fault)`.
    #[must_use]
    pub fn fault(code: &str, text: &str, field: Option<&str>) -> Self {
        let mut answer = Self::default();
        let (code, text) = (answer.bytes(code.as_bytes()), answer.bytes(text.as_bytes()));
        answer.put(0, &[1]).put_pair(8, code).put_pair(16, text).put(24, &[0]).put(40, &[0]);
        if let Some(field) = field {
            let field = answer.bytes(field.as_bytes());
            answer.put(40, &[1]).put_pair(44, field);
        }
        answer
    }

    /// `Ok(encoded)`.
    #[must_use]
    pub fn encoded(body: &[u8], content_type: &[u8]) -> Self {
        let mut answer = Self::default();
        let (body, content_type) = (answer.bytes(body), answer.bytes(content_type));
        answer.put(0, &[0]).put_pair(8, body).put_pair(16, content_type);
        answer
    }

    /// A result whose first byte is neither 0 (`Ok`) nor 1 (`Err`).
    #[must_use]
    pub fn neither() -> Self {
        let mut answer = Self::document("{}");
        answer.put(0, &[7]);
        answer
    }

    /// The data segments.
    #[must_use]
    pub fn segments(&self) -> [(u32, &[u8]); 2] {
        [(RESULT_AT, &self.area), (PAYLOAD_AT, &self.payload)]
    }

    fn bytes(&mut self, bytes: &[u8]) -> (u32, u32) {
        let at = PAYLOAD_AT + u32::try_from(self.payload.len()).unwrap();
        self.payload.extend_from_slice(bytes);
        (at, u32::try_from(bytes.len()).unwrap())
    }

    fn put(&mut self, at: usize, bytes: &[u8]) -> &mut Self {
        let end = at + bytes.len();
        if self.area.len() < end {
            self.area.resize(end, 0);
        }
        self.area.splice(at..end, bytes.iter().copied());
        self
    }

    fn put_pair(&mut self, at: usize, (pointer, length): (u32, u32)) -> &mut Self {
        self.put(at, &pointer.to_le_bytes()).put(at + 4, &length.to_le_bytes())
    }
}
