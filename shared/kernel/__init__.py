"""What all services share of the domain: the campaign and its calendar, the published events, the loop and its bar, the
roles and who sees what; and how a service is put together from the platform's parts."""
