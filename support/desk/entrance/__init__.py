"""How staff come in and go out: password and code, invitations, the browsers in which they are signed in."""
