"""What staff want to give back: asked for, approved by a second person where it is much, and sent to Stripe."""
