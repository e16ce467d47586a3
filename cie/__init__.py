"""An open community information exchange: people are screened once, referred with consent, helped, and heard."""
