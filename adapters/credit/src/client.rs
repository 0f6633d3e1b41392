//! Single requests to the credit system, each with a limit on time and size. What an answer means is [`crate::answer`]'s.

use std::sync::Arc;
use std::time::Instant;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Proxy, RequestBuilder, Response, StatusCode, redirect};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use xiezhi_model::MessageId;

use crate::error::CreditError;
use crate::metric;
use crate::settings::{CreditSettings, CreditTls};

/// Carries the message's id, so that the system can tell a repetition.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// Longest that the system's `Retry-After` is obeyed, in seconds: a typing error there must not silence the link for days.
pub(crate) const RETRY_AFTER_MAX_S: u32 = 3_600;
/// Until when to wait where the system is busy or closed and says nothing, in seconds.
const RETRY_AFTER_DEFAULT_S: u64 = 30;

/// Why a message waits: the system has too much to do.
const BUSY: &str = "credit.too-many-requests";
/// Why a message waits: the system is closed.
const CLOSED: &str = "credit.closed";

/// Sends requests.
#[derive(Debug, Clone)]
pub(crate) struct CreditClient {
    http: Client,
    settings: Arc<CreditSettings>,
}

/// What came back from sending a message.
#[derive(Debug)]
pub(crate) enum Sent {
    /// A receipt, so it is claimed: the entry was applied.
    Applied(Vec<u8>),
    /// A receipt, so it is claimed: the message is refused.
    Refused(Vec<u8>),
    /// Not taken: busy or closed for so many seconds.
    Later {
        /// The status says which.
        reason: &'static str,
        /// In seconds.
        after_s: u64,
    },
    /// Not taken, and another try will not be: the request itself is wrong.
    Wrong(&'static str),
    /// Not taken: the gateway has no access there.
    Denied(&'static str),
}

/// What came back from asking what became of a message.
#[derive(Debug)]
pub(crate) enum Asked {
    /// A receipt: the entry was applied.
    Applied(Vec<u8>),
    /// A receipt: it was refused when it was last sent.
    Refused,
    /// The system has not seen it.
    Unknown,
    /// Busy or closed for so many seconds: nothing is known.
    Later {
        /// The status says which.
        reason: &'static str,
        /// In seconds.
        after_s: u64,
    },
}

impl CreditClient {
    /// A client; nothing is connected yet.
    ///
    /// # Errors
    /// [`CreditError::Setup`].
    pub(crate) fn new(settings: Arc<CreditSettings>) -> Result<Self, CreditError> {
        let mut builder = Client::builder()
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout)
            .pool_max_idle_per_host(settings.requests_max)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .user_agent(concat!("xiezhi/", env!("CARGO_PKG_VERSION")));
        let tls = tls_config(settings.tls.as_ref())?;
        builder = builder.tls_backend_preconfigured(tls).https_only(settings.tls.is_some());
        if let Some(proxy) = &settings.proxy {
            builder = builder.proxy(Proxy::all(proxy).map_err(|error| CreditError::Setup(error.to_string()))?);
        }
        let http = builder.build().map_err(|error| CreditError::Setup(error.to_string()))?;
        Ok(Self { http, settings })
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`CreditError`]; whether the message took effect is then unknown, unless [`CreditError::is_unsent`].
    pub(crate) async fn send(&self, id: &MessageId, content_type: &str, body: Vec<u8>) -> Result<Sent, CreditError> {
        let request = self.http.post(format!("{}/entries", self.settings.url));
        let request = request.header(CONTENT_TYPE, content_type).header(IDEMPOTENCY_KEY, id.as_str()).body(body);
        let (status, after_s, document) = self.answered("send", request).await?;
        Ok(match status {
            StatusCode::OK => Sent::Applied(document),
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT => Sent::Refused(document),
            StatusCode::TOO_MANY_REQUESTS => Sent::Later { reason: BUSY, after_s },
            StatusCode::SERVICE_UNAVAILABLE => Sent::Later { reason: CLOSED, after_s },
            StatusCode::PAYLOAD_TOO_LARGE => Sent::Wrong("credit.message-too-large"),
            StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE => Sent::Wrong("credit.request-refused"),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Sent::Denied("credit.no-access"),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Sent::Denied("credit.wrong-address"),
            other => return Err(CreditError::Status { what: "a message", status: other.as_u16() }),
        })
    }

    /// Asks what became of a message.
    ///
    /// # Errors
    /// [`CreditError`]; then nothing is known.
    pub(crate) async fn ask(&self, id: &MessageId) -> Result<Asked, CreditError> {
        let key = utf8_percent_encode(id.as_str(), NON_ALPHANUMERIC);
        let request = self.http.get(format!("{}/entries/by-key/{key}", self.settings.url));
        let (status, after_s, document) = self.answered("ask", request).await?;
        match status {
            StatusCode::OK => Ok(Asked::Applied(document)),
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT => Ok(Asked::Refused),
            StatusCode::NOT_FOUND => Ok(Asked::Unknown),
            StatusCode::TOO_MANY_REQUESTS => Ok(Asked::Later { reason: BUSY, after_s }),
            StatusCode::SERVICE_UNAVAILABLE => Ok(Asked::Later { reason: CLOSED, after_s }),
            other => Err(CreditError::Status { what: "a question", status: other.as_u16() }),
        }
    }

    /// One page of the system's list; `None` past its end.
    ///
    /// # Errors
    /// [`CreditError`].
    pub(crate) async fn page(&self, page: u32) -> Result<Option<Vec<u8>>, CreditError> {
        let size = self.settings.page_entries;
        let request = self.http.get(format!("{}/entries?page={page}&size={size}", self.settings.url));
        let (status, after_s, document) = self.answered("export", request).await?;
        match status {
            StatusCode::OK => Ok(Some(document)),
            StatusCode::NO_CONTENT => Ok(None),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Err(CreditError::Later { after_s }),
            other => Err(CreditError::Status { what: "a page of its list", status: other.as_u16() }),
        }
    }

    /// Sends a request and reads its whole answer: status, seconds to wait where it says so, body.
    async fn answered(
        &self,
        what: &'static str,
        request: RequestBuilder,
    ) -> Result<(StatusCode, u64, Vec<u8>), CreditError> {
        let begin = Instant::now();
        let request = match &self.settings.access_token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answered: Result<_, CreditError> = async {
            let response = request.send().await.map_err(CreditError::of)?;
            let (status, after_s) = (response.status(), retry_after(&response));
            Ok((status, after_s, self.body(response).await?))
        }
        .await;
        let result = match &answered {
            Ok((status, ..)) if status.is_success() => "answered",
            Ok(_) => "refused",
            Err(error) => error.reason(),
        };
        metric::requested(what, result, begin.elapsed().as_secs_f64());
        answered
    }

    /// The body, as far as it is allowed to go.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, CreditError> {
        let limit = self.settings.answer_bytes_max;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(CreditError::Broken)? {
            if body.len() + chunk.len() > limit {
                return Err(CreditError::TooLarge { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// How long the answer asks to wait, in seconds.
fn retry_after(response: &Response) -> u64 {
    let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    asked.unwrap_or(RETRY_AFTER_DEFAULT_S).min(u64::from(RETRY_AFTER_MAX_S))
}

/// TLS that trusts the configured authorities only; without any, nobody, because then nothing speaks it.
fn tls_config(tls: Option<&CreditTls>) -> Result<rustls::ClientConfig, CreditError> {
    let wrong = |what: &str, error: &dyn std::fmt::Display| CreditError::Setup(format!("{what}: {error}"));
    let mut roots = rustls::RootCertStore::empty();
    for certificate in tls.iter().flat_map(|tls| CertificateDer::pem_slice_iter(tls.authorities.as_bytes())) {
        let certificate = certificate.map_err(|error| wrong("the authorities' file", &error))?;
        roots.add(certificate).map_err(|error| wrong("an authority's certificate", &error))?;
    }
    if tls.is_some() && roots.is_empty() {
        return Err(CreditError::Setup("the authorities' file holds no certificate".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong("TLS", &error))?
        .with_root_certificates(roots);
    let Some((certificates, key)) = tls.and_then(|tls| tls.identity.as_ref()) else {
        return Ok(builder.with_no_client_auth());
    };
    let certificates = CertificateDer::pem_slice_iter(certificates.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| wrong("the client certificate", &error))?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| wrong("the client key", &error))?;
    builder.with_client_auth_cert(certificates, key).map_err(|error| wrong("the client certificate", &error))
}
