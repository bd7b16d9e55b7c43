"""A mailbox for the demo: takes every mail for anybody by SMTP and shows it on a web page. It passes nothing on."""
