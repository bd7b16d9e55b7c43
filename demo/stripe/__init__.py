"""A stand-in Stripe: one test account behind Stripe's own API.

With a hosted Checkout page, webhooks, a clock and faults. It knows the API from the installed SDK: requests are checked
by the SDK's parameter classes (`shape.params`), answers and event bodies by its resource classes (`shape.resources`).
What it *does* is written here, one module per behavior, each naming the Stripe documentation that says so. It imports
nothing of the service and the service nothing of it.

Read in this order: account (objects and their events), endpoints (what the API can do), api (how a call is answered),
checkout and billing (what a payment causes), background and deliveries (what happens later), pages (what people see).
"""

API_VERSION = "2026-10-28.endive"
