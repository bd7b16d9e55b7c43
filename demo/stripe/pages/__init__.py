"""What people and scripts use besides the API: the hosted Checkout page, the control, the dashboard."""
