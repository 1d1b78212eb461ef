// Loads the core over SPI, plays all samples one after the other, and compares every byte of the output bus, the membrane of
// every neuron after every step, and the clocks of every step with what was computed for them.
//
// Beside Verilog-2005 it uses $fatal alone.
//     -D DUT=my_core      another module as the core
//     -D PINS_ONLY        look at the pins alone: membranes are not compared
//     -D NO_CLOCKS        do not compare clocks
// Prints PASS and ends, or FAIL with the first difference and ends with an error.
`timescale 1ns / 1ps
`ifndef DUT
`define DUT reckon
`endif

module testbench;
    localparam LINE = 8*128;                     // bits of the longest line of a file
    localparam integer SCK_HALF = 2;             // clocks in half a period of SCK
    localparam integer HOLD = 4;                 // clocks for which a level is held, longer than two synchronisers take
    localparam integer PATIENCE = 1 << 20;       // clocks until a handshake is given up
    localparam integer BYTE_CLOCKS = 8;          // of a byte on the output bus, with this host, and how many fewer of the last
    localparam integer LAST_BYTE = 3;
    localparam [31:0] EVENT = 0, TICK = 1, LAST_TICK = 2;

    reg clk, rst, sck, mosi, req, sample, tick, out_ack;
    reg [7:0] addr;
    wire miso, ack, ready, spi_ready, out_req;
    wire [7:0] out_data;

    reg [LINE-1:0] load_text, text, expected_text, membrane_text;
    reg [31:0] word, kind, value, wanted_step, wanted_byte, membrane_step, wanted_membrane;
    integer load, stimulus, expected, membranes, load_got, got, expected_got, membrane_got, number, b, n, quiet;
    integer neurons, reload;                     // whose membranes are compared; whether samples start from loaded ones
    integer is_expected, samples, steps, sample_steps, events, bytes, compared, busy, bytes_before, words;

    `DUT dut (
        .CLK_EXT(clk), .CLK_INT_EN(1'b0), .RST(rst), .SCK(sck), .MOSI(mosi), .MISO(miso),
        .AERIN_ADDR(addr), .AERIN_REQ(req), .AERIN_ACK(ack), .AERIN_TAR_EN(1'b0),
        .SAMPLE(sample), .TIME_TICK(tick), .TARGET_VALID(1'b0), .INFER_ACC(1'b0),
        .SPI_RDY(spi_ready), .TIMING_ERROR_RDY(ready), .OUT_REQ(out_req), .OUT_ACK(out_ack), .OUT_DATA(out_data)
    );

    initial clk = 0;
    always #1 clk = ~clk;

@read_line@

    task clocks(input integer many);
        begin
            for (n = 0; n < many; n = n + 1) @(posedge clk);
            #0.1;
        end
    endtask

    // The next expected byte of the sample; none where the next sample begins or the file ends.
    task next_expected;
        reg at_end;
        begin
            is_expected = 0;
            at_end = 0;
            while (!is_expected && !at_end) begin
                read_line(expected, expected_got, expected_text);
                if (expected_got == 0)
                    at_end = 1;
                else if ($sscanf(expected_text, "%h %h", wanted_step, wanted_byte) == 2)
                    is_expected = 1;
                else if ($sscanf(expected_text, "// sample %d", number) == 1)
                    at_end = 1;
            end
        end
    endtask

    task none_missing;
        if (is_expected) begin
            $display("FAIL: sample number %0d: no more bytes after %0d; expected %h at the end of step %0d", samples, bytes,
                     wanted_byte[7:0], wanted_step);
            $fatal(1);
        end
    endtask

    // The output bus, answered in the next clock. The tick that starts step t, number t + 1 of the sample, ends step t - 1.
    always @(posedge clk) begin
        if (ready !== 1'b1) busy = busy + 1;
        if (out_req === 1'b1 && !out_ack) begin
            out_ack <= 1;
            if (!is_expected || wanted_step + 2 !== sample_steps || wanted_byte !== out_data) begin
                $display("FAIL: sample number %0d: byte %0d is %h at the end of step %0d; expected %h at the end of step %0d%0s",
                         samples, bytes, out_data, sample_steps - 2, wanted_byte[7:0], wanted_step,
                         is_expected ? "" : ", which was the last one");
                $fatal(1);
            end
            bytes = bytes + 1;
            next_expected;
        end else if (out_req !== 1'b1)
            out_ack <= 0;
    end

    task send_word(input [31:0] what);            // the highest bit first
        begin
            for (b = 31; b >= 0; b = b - 1) begin
                mosi = what[b];
                clocks(SCK_HALF);
                sck = 1;
                clocks(SCK_HALF);
                sck = 0;
            end
        end
    endtask

    task send_all;
        begin
            load = $fopen("@load@", "r");
            read_line(load, load_got, load_text);
            while (load_got != 0) begin
                if ($sscanf(load_text, "%h", word) == 1) begin
                    send_word(word);
                    words = words + 1;
                end
                read_line(load, load_got, load_text);
            end
            $fclose(load);
            clocks(16);
        end
    endtask

    task until_ack(input level);
        begin
            quiet = 0;
            while (ack !== level) begin
                clocks(1);
                quiet = quiet + 1;
                if (quiet > PATIENCE) begin
                    $display("FAIL: event %0d: no answer to its request", events);
                    $fatal(1);
                end
            end
        end
    endtask

    task send_event(input [7:0] row);
        begin
            addr = row;
            req = 1;
            until_ack(1);
            req = 0;
            until_ack(0);
        end
    endtask

    // A tick, and what the core does of it. wanted: clocks without those of the bytes.
    task send_tick(input [31:0] wanted);
        begin
            clocks(1);
            busy = 0;
            bytes_before = bytes;
            tick = 1;
            clocks(HOLD);
            tick = 0;
            clocks(HOLD);
            quiet = 0;
            while (ready !== 1'b1) begin
                clocks(1);
                quiet = quiet + 1;
                if (quiet > PATIENCE) begin
                    $display("FAIL: sample number %0d: never ready again after %0d steps", samples, sample_steps);
                    $fatal(1);
                end
            end
            clocks(1);
`ifndef NO_CLOCKS
            if (busy !== wanted + (bytes > bytes_before ? BYTE_CLOCKS * (bytes - bytes_before) - LAST_BYTE : 0)) begin
                $display("FAIL: sample number %0d: tick number %0d took %0d clocks and sent %0d bytes; expected %0d clocks without them",
                         samples, sample_steps, busy, bytes - bytes_before, wanted);
                $fatal(1);
            end
`endif
        end
    endtask

`ifndef PINS_ONLY
    reg [127:0] pair;
    reg [15:0] membrane;
`endif
    task compare_membranes;
        begin
`ifndef PINS_ONLY
            for (number = 0; number < neurons; number = number + 1) begin
                pair = dut.srnn_0.neurons.SRAM[number >> 1];
                membrane = dut.srnn_0.neur_dirty[number] !== 1'b1 ? 16'd0 : number & 1 ? pair[65:50] : pair[15:0];
                membrane_got = 1;
                kind = 0;
                while (membrane_got != 0 && kind == 0) begin
                    read_line(membranes, membrane_got, membrane_text);
                    kind = $sscanf(membrane_text, "%h %h", membrane_step, wanted_membrane) == 2;
                end
                if (membrane_got == 0 || membrane_step !== sample_steps - 1 || wanted_membrane !== membrane) begin
                    $display("FAIL: sample number %0d: neuron %0d holds %0d in step %0d; expected %0d", samples, number,
                             $signed(membrane), sample_steps - 1, $signed(wanted_membrane[15:0]));
                    $fatal(1);
                end
                compared = compared + 1;
            end
`endif
        end
    endtask

    task exists(input integer file);
        if (!file) begin
            $display("FAIL: the files are not in the folder that the bench runs in");
            $fatal(1);
            forever @(posedge clk);
        end
    endtask

    initial begin
        rst = 0; sck = 0; mosi = 0; req = 0; sample = 0; tick = 0; out_ack = 0; addr = 0;
        neurons = 0; reload = 0; samples = 0; steps = 0; sample_steps = 0; events = 0; bytes = 0; compared = 0; busy = 0; words = 0; is_expected = 0;
        load = $fopen("@load@", "r");
        stimulus = $fopen("@stimulus@", "r");
        expected = $fopen("@expected@", "r");
        membranes = $fopen("@membranes@", "r");
        exists(load);
        exists(stimulus);
        exists(expected);
        exists(membranes);
        $fclose(load);
        next_expected;
        clocks(2);
        rst = 1;
        clocks(16);
        rst = 0;
        clocks(16);
        read_line(stimulus, got, text);
        while (got != 0) begin
            if ($sscanf(text, "%h %h", kind, value) == 2) begin
                if (kind == EVENT) begin
                    send_event(value[7:0]);
                    events = events + 1;
                end else begin
                    if (kind == LAST_TICK) begin
                        sample = 0;
                        clocks(HOLD);
                    end
                    sample_steps = sample_steps + 1;
                    send_tick(value);
                    if (kind == TICK) begin
                        compare_membranes;
                        steps = steps + 1;
                    end
                end
            end else if ($sscanf(text, "// sample %d", number) == 1) begin
                none_missing;
                if (samples == 0 || reload)
                    send_all;
                samples = samples + 1;
                sample_steps = 0;
                next_expected;
                sample = 1;
                clocks(HOLD);
            end else if ($sscanf(text, "// core %d %d", number, b) == 2) begin
                neurons = number;
                reload = b;
            end
            read_line(stimulus, got, text);
        end
        none_missing;
        if (samples == 0) begin
            $display("FAIL: there is no sample in @stimulus@");
            $fatal(1);
        end
        $display("PASS: %0d samples, %0d steps, %0d words loaded, %0d events in, %0d bytes out, %0d membranes",
                 samples, steps, words, events, bytes, compared);
        $finish;
    end
endmodule
