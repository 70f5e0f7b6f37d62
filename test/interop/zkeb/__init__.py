"""A decoder of zkeb envelopes, streams and grants, written from the text of spec/ alone."""
