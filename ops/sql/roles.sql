-- Login roles, grants and the database of Fairdial; may run again at any time. psql reads the passwords and the
-- database's name from the environment. The embedded start-up and docker-compose.yml run this same file.
\set ON_ERROR_STOP on
\getenv owner_password APP_OWNER_PASSWORD
\getenv runtime_password APP_RT_PASSWORD
\getenv database APP_DATABASE

-- app_owner owns every table and migrates; app_rt is what the platform runs as: it owns nothing and
-- row-level security binds it.
select 'create role app_owner' where not exists (select from pg_roles where rolname = 'app_owner') \gexec
select 'create role app_rt' where not exists (select from pg_roles where rolname = 'app_rt') \gexec
alter role app_owner login nosuperuser nobypassrls nocreaterole createdb password :'owner_password';
alter role app_rt login nosuperuser nobypassrls nocreaterole nocreatedb password :'runtime_password';

-- The database, and any test database, is a copy of template1 and so starts with these grants. No TRUNCATE:
-- row-level security does not cover it.
\connect template1
create extension if not exists pg_stat_statements;
grant usage on schema public to app_rt;
alter default privileges for role app_owner in schema public grant select, insert, update, delete on tables to app_rt;
alter default privileges for role app_owner in schema public grant usage, select on sequences to app_rt;
\connect postgres

select format('create database %I owner app_owner', :'database')
where not exists (select from pg_database where datname = :'database') \gexec
grant connect, temporary on database :"database" to app_rt;
