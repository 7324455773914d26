"""What an instance of Panther knows less, or otherwise, than the API that this server was generated for."""
