//! Reading a request's body within a size and a time. Every body of the API is read here.

use std::error::Error;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::Problem;
use crate::error::ApiError;

/// How a body came to nothing.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// Longer than allowed; the caller knows what the limit is about.
    TooLarge,
    /// Any other reason.
    Failed(ApiError),
}

/// Reads a body of at most `bytes_max` bytes that arrives within `timeout`. Dropping the future gives the body up.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
    timeout: Duration,
) -> Result<Vec<u8>, BodyError> {
    if let Some(encoding) = headers.get(CONTENT_ENCODING)
        && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        let detail = "网关按原样保存报文，不解压缩；请去掉 Content-Encoding 请求头并发送未压缩的内容";
        return Err(BodyError::Failed(ApiError::new(Problem::ContentEncoding, detail)));
    }
    if declared_length(headers).is_some_and(|length| length > bytes_max as u64) {
        // Refused before a byte is read: a client that waits for `100 Continue` sends nothing in vain.
        return Err(BodyError::TooLarge);
    }
    match tokio::time::timeout(timeout, Limited::new(body, bytes_max).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes().into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(error)) => Err(BodyError::Failed(incomplete(&*error))),
        Err(_elapsed) => {
            let detail = format!(
                "请求体未在 {} 毫秒内传完，未保存任何内容；请检查网络后用同一消息编号重发",
                timeout.as_millis()
            );
            Err(BodyError::Failed(ApiError::new(Problem::RequestTimeout, detail)))
        }
    }
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn incomplete(cause: &(dyn Error + 'static)) -> ApiError {
    let detail = "请求体在传输中断开，未保存任何内容；请用同一消息编号重发";
    ApiError::new(Problem::BodyIncomplete, detail).caused_by(cause)
}
