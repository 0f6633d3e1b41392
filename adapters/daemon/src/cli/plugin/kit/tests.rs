//! Tests of the kit; written below.
