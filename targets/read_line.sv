    // The next line of a file, in the highest bits; `length` is 0 at its end.
    task read_line(input integer file, output integer length, output [LINE-1:0] line);
        begin
            length = $fgets(line, file);
            if (!(length > 0))
                length = 0;
            line = line << LINE - 8*length;
        end
    endtask
