//! Request bodies that arrive in pieces, declare no length and end as a test wants.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use hyper::body::{Bytes, Frame};

/// What follows the last piece.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Then {
    /// The end.
    End,
    /// Nothing more, but no end either.
    Silence,
    /// The connection breaks, for this reason.
    Break(&'static str),
    /// The test fails: nobody was to read this far.
    Panic,
}

struct Scripted {
    pieces: VecDeque<Bytes>,
    then: Then,
}

/// A body of these pieces.
pub(crate) fn body_of(pieces: &[&'static [u8]], then: Then) -> Body {
    Body::new(Scripted { pieces: pieces.iter().map(|piece| Bytes::from_static(piece)).collect(), then })
}

impl hyper::body::Body for Scripted {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match (self.pieces.pop_front(), self.then) {
            (Some(piece), _) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            (None, Then::End) => Poll::Ready(None),
            (None, Then::Silence) => Poll::Pending,
            (None, Then::Break(reason)) => Poll::Ready(Some(Err(io::Error::other(reason)))),
            (None, Then::Panic) => panic!("a body that must not be read was read"),
        }
    }
}
