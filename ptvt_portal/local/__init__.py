"""The portal on one machine: an embedded PostgreSQL and broker, and the processes behind `make run` and `make test`.

`home` says where everything lies, `postgres` and `broker` start and stop the two servers, `children` keeps processes
alive, `run` is `make run`, `command` gives every `manage.py` command its database.
"""
