"""The only way out: every outbound call passes `client`, keeps to its provider's budget and comes back typed."""
