"""What leaves the server: untrusted text sanitised, fenced and reported, and no credentials in it."""
