"""What people did comes in: fetched or brought, and kept before it is acknowledged. By long polling or webhook."""
