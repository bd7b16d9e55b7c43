"""A sample newsroom and a stand-in Stripe, to try the service with. The service never imports anything from here."""
